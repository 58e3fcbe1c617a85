// SPDX-License-Identifier: Apache-2.0
// A dress watch: steel case, midnight-blue sunray dial, small seconds, cognac leather strap.

#version 3.7;
#declare Studio_Scale = 0.5;
#declare Key_Power = 0.66;
#include "studio.inc"

// Black flags, so that the steel has edges.
union {
  box { <-1.1, -5, 0>, <1.1, 9, 0.1> rotate -y*50 translate <-9, 2, -9> }
  box { <-0.7, -5, 0>, <0.7, 9, 0.1> rotate y*55 translate <10, 2, -7> }
  box { <-9, -0.8, 0>, <9, 0.8, 0.1> translate <0, 0.9, -13.5> }
  pigment { srgb 0.03 } finish { diffuse 0.5 }
  no_image no_shadow no_radiosity
}

Softbox(<-22, 26, -14>, <0, 5, 0>, 15, 24, <1, 0.98, 0.95>, Key_Power, 2.6)
Softbox(<24, 14, -8>, <0, 6, 0>, 6, 26, <0.94, 0.97, 1>, 0.12, 1.7)
Softbox(<0, 40, 4>, <0, 0, 1>, 20, 14, <1, 1, 1>, 0.20, 1.6)

camera {
  location <2.6, 5.2, -21>
  look_at <0.3, 2.95, 0>
  right x up y
  angle 23
  Depth(0.28, <0, 3.3, -0.6>)
}

// ---- materials --------------------------------------------------------------

#declare Polished =
  texture {
    pigment { srgb <0.80, 0.80, 0.81> }
    finish { diffuse 0.12 specular 0.6 roughness 0.006 metallic reflection { 0.62, 0.85 metallic } conserve_energy }
  }
#declare Brushed =
  texture {
    pigment { srgb <0.76, 0.76, 0.77> }
    normal { bumps 0.06 scale <0.9, 0.014, 0.9> }
    finish { diffuse 0.25 specular 0.4 roughness 0.05 metallic reflection { 0.40, 0.6 metallic } conserve_energy }
  }
#declare Applied =
  texture {
    pigment { srgb <0.90, 0.90, 0.91> }
    finish { diffuse 0.55 specular 0.6 roughness 0.01 metallic reflection { 0.30, 0.5 metallic } conserve_energy }
  }
#declare Nubuck =
  texture { pigment { srgb <0.76, 0.58, 0.41> } normal { bumps 0.3 scale 0.03 } finish { diffuse 0.75 } }
#declare White = texture { pigment { srgb 0.93 } finish { diffuse 0.85 } }
#declare Leather =
  texture {
    pigment {
      granite turbulence 0.2 scale 1.6
      color_map { [0 srgb <0.50, 0.28, 0.15>] [0.5 srgb <0.60, 0.35, 0.19>] [1 srgb <0.66, 0.40, 0.23>] }
    }
    normal {
      average normal_map {
        [1 crackle 0.55 turbulence 0.35 scale 0.07]
        [0.7 bumps 0.5 scale 0.035]
        [0.7 wrinkles 0.35 scale 0.4]
      }
    }
    finish { diffuse 0.72 specular 0.16 roughness 0.045 }
  }
#declare Edge =
  texture { pigment { srgb <0.24, 0.12, 0.06> } finish { diffuse 0.6 specular 0.25 roughness 0.03 } }

// ---- a ribbon swept along a path in the yz-plane ------------------------------
// The section is a superellipse |x/w|^E + |n/t|^E = 1.

#macro Ribbon(Path, Wide, Thick, E, M)
  #local N = dimension_size(Path, 1);
  #local P = array[N][M];
  #local Q = array[N][M];
  #for (I, 0, N - 1)
    #local Dir = vnormalize(Path[min(I+1, N-1)] - Path[max(I-1, 0)]);
    #local Out = vcross(x, Dir);
    #for (J, 0, M - 1)
      #local C = cos(2*pi*(J + 0.5)/M); #local S = sin(2*pi*(J + 0.5)/M);
      #local CC = (C < 0 ? -1 : 1)*pow(abs(C), 2/E);
      #local SS = (S < 0 ? -1 : 1)*pow(abs(S), 2/E);
      #local P[I][J] = Path[I] + x*Wide[I]*CC + Out*Thick[I]*SS;
      #local Q[I][J] = vnormalize(x*pow(abs(C), 2 - 2/E)*(C < 0 ? -1 : 1)/Wide[I] + Out*pow(abs(S), 2 - 2/E)*(S < 0 ? -1 : 1)/Thick[I]);
    #end
  #end
  mesh {
    #for (I, 0, N - 2)
      #for (J, 0, M - 1)
        #local K = mod(J + 1, M);
        smooth_triangle { P[I][J], Q[I][J], P[I+1][J], Q[I+1][J], P[I+1][K], Q[I+1][K] }
        smooth_triangle { P[I][J], Q[I][J], P[I+1][K], Q[I+1][K], P[I][K], Q[I][K] }
      #end
    #end
    // closed ends
    #for (J, 1, M - 2)
      triangle { P[0][0], P[0][J], P[0][J+1] }
      triangle { P[N-1][0], P[N-1][J], P[N-1][J+1] }
    #end
  }
#end

// ---- strap ------------------------------------------------------------------
// The dial faces -z; the strap is a loop behind it, from the upper lugs to the lower.

#declare LoopY = 3.15; #declare LoopZ = 2.55; #declare LoopBack = 2.25;
#macro Loop(A, K) (pow(abs(A), 2/2.35)*(A < 0 ? -1 : 1)*K) #end
#declare Start = 38;      // degrees from the dial's centre
#declare Count = 160;
#declare SP = array[Count + 1]; #declare SW = array[Count + 1]; #declare ST = array[Count + 1];
#for (I, 0, Count)
  #local A = radians(Start + (360 - 2*Start)*I/Count);
  #declare SP[I] = <0, Loop(sin(A), LoopY), LoopBack - Loop(cos(A), LoopZ)>;
  #local F = min(I, Count - I)/(Count/2);
  #declare SW[I] = 0.99 - 0.20*min(1, F*1.5);
  #declare ST[I] = 0.085 + 0.085*pow(max(0, 1 - F*2.2), 1.2);
#end

#declare Strap =
union {
  object { Ribbon(SP, SW, ST, 5, 40) texture { Leather } }
  // lining
  #declare IP = array[Count + 1]; #declare IW = array[Count + 1]; #declare IT = array[Count + 1];
  #for (I, 0, Count)
    #local Out = vcross(x, vnormalize(SP[min(I + 1, Count)] - SP[max(I - 1, 0)]));
    #local Out = Out*(vdot(Out, SP[I] - <0, 0, LoopBack>) < 0 ? -1 : 1);
    #declare IP[I] = SP[I] - Out*ST[I]*0.5; #declare IW[I] = SW[I] - 0.03; #declare IT[I] = ST[I]*0.58;
  #end
  object { Ribbon(IP, IW, IT, 5, 40) texture { Nubuck } }
  // painted edges
  #for (Side, -1, 1, 2)
    #declare EP = array[Count + 1]; #declare EW = array[Count + 1]; #declare ET = array[Count + 1];
    #for (I, 0, Count)
      #declare EP[I] = SP[I] + x*Side*(SW[I] - 0.012); #declare EW[I] = 0.022; #declare ET[I] = ST[I]*0.86;
    #end
    object { Ribbon(EP, EW, ET, 2.4, 12) texture { Edge } }
  #end
  // stitches
  union {
    #for (I, 2, Count - 3, 2)
      #local Dir = vnormalize(SP[I+1] - SP[I]);
      #local Out = vcross(x, Dir);
      #local Out = Out*(vdot(Out, SP[I] - <0, 0, LoopBack>) < 0 ? -1 : 1);
      #for (Side, -1, 1, 2)
        #local A = SP[I] + x*Side*(SW[I] - 0.15) + Out*(ST[I] - 0.012);
        #local B = SP[I] + Dir*0.095 + x*Side*(SW[I] - 0.15) + Out*(ST[I] - 0.012);
        cylinder { A, B, 0.021 } sphere { A, 0.021 } sphere { B, 0.021 }
      #end
    #end
    pigment { srgb <0.90, 0.84, 0.72> } finish { diffuse 0.8 }
  }
}

// ---- case -------------------------------------------------------------------
// Made round the y-axis, top up, then turned to face -z.

#declare Case =
union {
  object {     // band
    Revolve(array[8] {
      <1.5, -0.42>, <1.7, -0.42>, <1.86, -0.38>, <1.92, -0.28>,
      <1.92, -0.28>, <2.0, -0.12>, <2.0, 0.12>, <1.94, 0.24>
    }, 12, 160)
    texture { Brushed }
  }
  object {     // bezel
    Revolve(array[16] {
      <1.94, 0.24>, <1.97, 0.24>, <1.99, 0.26>, <1.98, 0.29>,
      <1.98, 0.29>, <1.95, 0.42>, <1.86, 0.50>, <1.76, 0.50>,
      <1.76, 0.50>, <1.74, 0.50>, <1.73, 0.49>, <1.72, 0.48>,
      <1.72, 0.48>, <1.70, 0.40>, <1.68, 0.32>, <1.66, 0.22>
    }, 12, 160)
    texture { Polished }
  }
}

// The dial: sunray by a radial ripple of the surface.
#declare Dial =
  disc {
    <0, 0.22, 0>, y, 1.70
    texture {
      pigment {
        radial
        color_map {
          #declare Night = srgb <0.025, 0.055, 0.14>; #declare Blue = srgb <0.06, 0.13, 0.29>; #declare Sheen = srgb <0.16, 0.29, 0.52>;
          [0.00 Blue] [0.05 Sheen] [0.10 Blue] [0.24 Night] [0.40 Blue]
          [0.50 Blue] [0.56 Sheen] [0.62 Blue] [0.76 Night] [0.92 Blue] [1.00 Blue]
        }
        rotate -y*50
      }
      finish { diffuse 0.95 specular 0.10 roughness 0.02 metallic }
    }
  }

#declare H = 0.22;      // dial level
#declare Index =
  // A faceted baton along z, centred on the origin, with a ridge and hipped ends.
  union {
    box { <-0.045, -0.01, -0.17>, <0.045, 0.05, 0.17> }
    mesh {
      triangle { <-0.045, 0.05, -0.17>, <-0.045, 0.05, 0.17>, <0, 0.085, 0.13> }
      triangle { <-0.045, 0.05, -0.17>, <0, 0.085, -0.13>, <0, 0.085, 0.13> }
      triangle { <0.045, 0.05, -0.17>, <0.045, 0.05, 0.17>, <0, 0.085, 0.13> }
      triangle { <0.045, 0.05, -0.17>, <0, 0.085, -0.13>, <0, 0.085, 0.13> }
      triangle { <-0.045, 0.05, 0.17>, <0.045, 0.05, 0.17>, <0, 0.085, 0.13> }
      triangle { <-0.045, 0.05, -0.17>, <0.045, 0.05, -0.17>, <0, 0.085, -0.13> }
    }
  }

#macro Hand(Tip, Tail, Half, Lift)
  // A dauphine hand along +z with a ridge.
  mesh {
    triangle { <0, Lift + 0.035, -Tail*0.4>, <0, Lift + 0.012, Tip>, <Half, Lift, 0> }
    triangle { <0, Lift + 0.035, -Tail*0.4>, <0, Lift + 0.012, Tip>, <-Half, Lift, 0> }
    triangle { <0, Lift + 0.035, -Tail*0.4>, <0, Lift, -Tail>, <Half, Lift, 0> }
    triangle { <0, Lift + 0.035, -Tail*0.4>, <0, Lift, -Tail>, <-Half, Lift, 0> }
    texture { Applied }
  }
#end

#declare Face =
union {
  object { Dial }
  // applied hour markers; the sixth gives way to the small seconds
  #for (I, 0, 11)
    #if (I != 6)
      union {
        #if (I = 0)
          object { Index translate <-0.062, H, 1.30> }
          object { Index translate <0.062, H, 1.30> }
        #else
          object { Index translate <0, H, 1.30> }
        #end
        texture { Applied }
        rotate y*I*30
      }
    #end
  #end
  // minute track
  #for (I, 0, 59)
    box {
      <-0.008, H, 1.545>, <0.008, H + 0.004, 1.61>
      #if (mod(I, 5) = 0) scale <2, 1, 1> #end
      texture { White } rotate y*I*6
    }
  #end
  // small seconds
  union {
    cylinder { <0, H - 0.01, 0>, <0, H + 0.003, 0>, 0.50
      pigment { srgb <0.045, 0.085, 0.18> }
      normal { onion 0.08 sine_wave scale 0.06 }
      finish { diffuse 0.85 specular 0.12 roughness 0.03 metallic } }
    torus { 0.50, 0.012 translate y*(H + 0.004) texture { Applied } }
    #for (I, 0, 11)
      box { <-0.008, H, 0.37>, <0.008, H + 0.006, 0.46> texture { White } rotate y*I*30 }
    #end
    object { Hand(0.40, 0.14, 0.022, H + 0.03) rotate y*205 }
    cylinder { <0, H, 0>, <0, H + 0.075, 0>, 0.035 texture { Applied } }
    translate -z*0.82
  }
  // ten past ten
  object { Hand(0.92, 0.24, 0.085, H + 0.07) rotate y*(10*30 + 5) }
  object { Hand(1.40, 0.28, 0.068, H + 0.12) rotate y*60 }
  cylinder { <0, H, 0>, <0, H + 0.19, 0>, 0.075 texture { Applied } }
  // the maker
  text {
    ttf "timrom.ttf" "ALDERHOLM" 0.02, x*0.06
    scale <0.185, 0.185, 0.4>
    rotate x*90
    translate <-0.575, H + 0.006, 0.68>
    texture { White }
  }
}

#declare Crystal =
  object {
    Revolve(array[4] { <1.73, 0.47>, <1.6, 0.54>, <0.8, 0.575>, <0, 0.575> }, 10, 96)
    texture {
      pigment { srgbt <1, 1, 1, 0.985> }
      finish { diffuse 0 specular 0 reflection { 0.0, 0.20 fresnel on } }
    }
    interior { ior 1.22 }
    no_shadow
  }

#declare Crown =
union {
  difference {
    cylinder { 0, x*0.30, 0.235 }
    #for (I, 0, 27)
      cylinder { x*0.03, x*0.27, 0.022 translate y*0.243 rotate x*I*360/28 }
    #end
  }
  cylinder { x*0.30, x*0.33, 0.20 }
  cylinder { -x*0.15, 0, 0.13 }
  texture { Polished }
  translate x*1.99
}

// Lugs, in the yz-plane of the finished watch.
#declare LN = 24;
#declare LP = array[LN + 1]; #declare LW = array[LN + 1]; #declare LT = array[LN + 1];
#for (I, 0, LN)
  #local T = I/LN;
  #declare LP[I] = <0, 1.25 + 1.22*T, -0.08 + 0.62*T*T>;
  #local Round = sqrt(max(0.05, 1 - pow(max(0, (T - 0.86)/0.14), 2)));
  #declare LW[I] = (0.19 - 0.045*T)*(0.4 + 0.6*Round);
  #declare LT[I] = (0.27 - 0.09*T)*Round;
#end
#declare Lug = object { Ribbon(LP, LW, LT, 3.2, 32) texture { Polished } }

#declare Watch =
union {
  union {
    object { Case }
    object { Face }
    object { Crystal }
    rotate -x*90
  }
  object { Crown }
  #for (S, -1, 1, 2)
    object { Lug translate x*S*1.19 }
    object { Lug scale <1, -1, 1> translate x*S*1.19 }
    cylinder { <-1.15, S*2.31, 0.33>, <1.15, S*2.31, 0.33>, 0.06 texture { Polished } }
  #end
  object { Strap }
}

// Stand it on its strap.
#declare Low = 0;
#for (I, 0, Count)
  #local V = vrotate(SP[I], x*14);
  #declare Low = min(Low, V.y - ST[I]);
#end

object {
  Watch
  rotate x*14
  rotate y*24
  translate <-0.1, 0.025 - Low, 0>
}
